// Checks random apps until one fails, or for so long:
// npm run fuzz -- --minutes 10 [--framework express|express-4|connect] [--seed S] [--cases N]
import { runBuilt } from './run-built.mjs'

runBuilt('build/test/fuzz/run.js')
