# The help of everything, from one table.
try --help
try -h
try help
try help space
try space --help
for verb in suggest observe run exec beat release retry pause resume log enqueue import copy best ls show export rm \
  'space check' 'space show' 'space sample' 'space diff' 'space convert' optimizers; do
  # shellcheck disable=SC2086
  try $verb --help
  # shellcheck disable=SC2086
  sh_try "[ \"\$(\$labwatch help $verb)\" = \"\$(\$labwatch $verb -h)\" ]"
done
sh_try '$labwatch --version | sed "s/[0-9.]*$/VERSION/"'
