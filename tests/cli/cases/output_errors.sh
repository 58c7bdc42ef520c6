# Standard output that cannot be written, or that nobody reads to the end.
write_plain
sh_try '$labwatch suggest plain.yaml -n 3 >/dev/null'
for verb in 'ls plain' 'ls' 'best plain' 'show plain' 'show 1' 'export plain' 'space show plain.yaml' 'space check plain.yaml' optimizers --help --version; do
  [ "$verb" = 'best plain' ] && $labwatch observe 1 0.5
  sh_try "\$labwatch $verb >/dev/full"
done
echo "# a run that could not be printed goes back to the queue"
sh_try '$labwatch suggest plain.yaml >/dev/full'
sh_try '$labwatch ls plain --format csv | cut -d, -f1-2'
echo "# a reader that has enough is no error"
sh_try '$labwatch space sample plain.yaml -n 50000 --format csv | head -1'
sh_try '$labwatch --help | head -1'
echo "# closed from the start"
sh_try '$labwatch --version >&-'
echo "# also what failed long before the end"
sh_try '$labwatch enqueue plain.yaml -n 400 >/dev/null; $labwatch export plain >/dev/full'
sh_try '$labwatch export plain --format json >/dev/full'
