# Signals to a worker: once, twice, and TERM.
cat >slow.yaml <<'YAML'
experiment: slow
command: sh -c 'true {y}; echo >started; sleep {seconds}; echo 1'
seed: 1
space: {y: !UniformFloat [0, 1], seconds: 1}
YAML
worker() { # with SIGINT as a terminal's, which a shell's background jobs ignore
  python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' "$labwatch" run "$@" &
  pid=$!
  until [ -e started ]; do sleep 0.05; done # also on a busy machine it can be interrupted now
  rm started
}
echo "# SIGINT once: children may end"
(worker slow.yaml -q 2>err; kill -INT $pid; wait $pid; echo "exit $?"; cat err)
sh_try '$labwatch ls slow --format csv | cut -d, -f1-3'
sed -e 's/: slow/: slower/' -e 's/seconds: 1/seconds: 60/' slow.yaml >slower.yaml
echo "# SIGINT twice: children are ended"
(worker slower.yaml -q 2>err; kill -INT $pid; sleep 0.3; kill -INT $pid; wait $pid; echo "exit $?"; cat err)
sh_try '$labwatch ls slower --format csv | cut -d, -f1-2'
echo "# SIGINT three times: children that do not listen are killed"
sed -e 's/: slower/: deaf/' -e "s/sh -c '/sh -c 'trap \"\" TERM; /" slower.yaml >deaf.yaml
(worker deaf.yaml -q 2>err; kill -INT $pid; sleep 0.3; kill -INT $pid; sleep 0.3; kill -INT $pid; wait $pid; echo "exit $?"; cat err)
sh_try '$labwatch ls deaf --format csv | cut -d, -f2'
echo "# SIGTERM: back to the queue"
sed -e 's/: slower/: slowest/' slower.yaml >slowest.yaml
(worker slowest.yaml -q 2>err; kill -TERM $pid; wait $pid; echo "exit $?"; cat err)
sh_try '$labwatch ls slowest --format csv | cut -d, -f1-2'
