sh_try '$labwatch optimizers | cut -c -30'
sh_try 'COLUMNS=60 $labwatch optimizers'
try optimizers sobol
try optimizers sobl
sh_try '$labwatch optimizers --format json | grep -o "\"name\": \"[a-z]*\", \"summary\""'
