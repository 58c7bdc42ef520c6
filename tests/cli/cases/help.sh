# The help of everything, from one table.
try --help
try -h
try help
try help space
try space --help
for verb in suggest observe run exec beat release retry pause resume deliver log enqueue import copy best ls show workers export rm \
  'space check' 'space show' 'space sample' 'space diff' 'space convert' optimizers; do
  # shellcheck disable=SC2086
  try $verb --help
  # shellcheck disable=SC2086
  sh_try "[ \"\$(\$labwatch help $verb)\" = \"\$(\$labwatch $verb -h)\" ]"
done
sh_try '$labwatch --version | sed "s/[0-9.]*$/VERSION/"'
echo "# the manual page keeps the quotes that a shell reads"
sh_try '$labwatch --man | grep -F -e "status in" -e "config.learn" -e "names in"'
echo "# lines are no longer than a terminal"
sh_try '{ echo; $labwatch help | sed -n "s/^  \([a-z ]*[a-z]\)  .*/\1/p"; } | while read -r verb; do $labwatch help $verb; done | awk "length > 80 { print } /^usage/ { n++ } END { print (n > 20) }"'
