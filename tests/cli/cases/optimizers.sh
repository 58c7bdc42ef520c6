sh_try '$labwatch optimizers | cut -c -30'
sh_try 'COLUMNS=60 $labwatch optimizers'
try optimizers sobol
try optimizers sobl
sh_try '$labwatch optimizers --format json | grep -o "\"name\": \"[a-z]*\", \"summary\""'
echo "# modules: what cannot be loaded says why"
mkdir modules && echo nothing >modules/labwatch-broken.so
export LABWATCH_MODULES=modules:${labwatch%/bin/*}/tests/unit/modules
sh_try '$labwatch optimizers | grep -e ^broken -e ^sample -e ^other'
sh_try '$labwatch optimizers --format json | grep -E "\"name\": \"(broken|sample|other-interface)\""'
try optimizers sample
try optimizers broken
sh_try '$labwatch optimizers smaple'
