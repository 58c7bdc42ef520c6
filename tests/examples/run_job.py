"""run_job.py JOB.yaml FOLDER: does what a Kubernetes Job would, on this machine: its container's command, as often and
with as much at a time as it says, with FOLDER where its volume is mounted. The secret is the environment's
LABWATCH_STORE."""
import os
import subprocess
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    job = yaml.safe_load(file)
assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
spec = job["spec"]
pod = spec["template"]["spec"]
assert spec["completionMode"] == "Indexed" and spec["parallelism"] == spec["completions"]
assert pod["restartPolicy"] == "Never", "a podFailurePolicy needs it"
(container,) = pod["containers"]
(mount,) = container["volumeMounts"]
assert [volume["name"] for volume in pod["volumes"]] == [mount["name"]]
grace = container["command"][container["command"].index("--grace") + 1]
assert int(grace.rstrip("s")) < pod["terminationGracePeriodSeconds"], "who is killed first gives nothing back"


def here(path):
    assert path == mount["mountPath"] or path.startswith(mount["mountPath"] + "/")
    return sys.argv[2] + path[len(mount["mountPath"]):]


environment = dict(os.environ)
for variable in container["env"]:
    if "value" in variable:
        environment[variable["name"]] = here(variable["value"])
    else:
        assert variable["valueFrom"]["secretKeyRef"]["key"] == "store" and variable["name"] == "LABWATCH_STORE"
os.makedirs(environment["LABWATCH_CHECKPOINTS"], exist_ok=True)
pods = [
    subprocess.Popen(container["command"], cwd=here(container["workingDir"]),
                     env=environment | {"JOB_COMPLETION_INDEX": str(index)})
    for index in range(spec["completions"])
]
sys.exit(max(one.wait() for one in pods))
