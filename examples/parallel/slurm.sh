#!/bin/bash
# sbatch slurm.sh: eight workers, each on two cores. The file that LABWATCH_STORE names must be there on every node.
#SBATCH --job-name=labwatch
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@90
#SBATCH --requeue
#SBATCH --output=labwatch-%A-%a.log
set -euo pipefail
cd "$SLURM_SUBMIT_DIR"
export LABWATCH_STORE=${LABWATCH_STORE:-@$HOME/.labwatch-store}
export LABWATCH_CHECKPOINTS=${LABWATCH_CHECKPOINTS:-$SLURM_SUBMIT_DIR/checkpoints}
mkdir -p "$LABWATCH_CHECKPOINTS"
# With exec, the signal that Slurm sends before the time is up reaches labwatch: runs go back to the queue.
exec labwatch run train.yaml -j "$SLURM_CPUS_PER_TASK" --grace 60s -q
