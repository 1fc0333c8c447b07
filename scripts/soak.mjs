// Soaks an app in abuse while tracers come, go and are killed: npm run soak -- --minutes 10
import { runBuilt } from './run-built.mjs'

runBuilt('build/test/soak/run.js')
