// Plays random ends of responses: npm run fuzz:ends -- --cases 20000 [--seed S] [--framework express|express-4|connect]
import { runBuilt } from './run-built.mjs'

runBuilt('build/test/ends/run.js')
