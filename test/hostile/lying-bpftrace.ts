// Stands in for a bpftrace that tells anything: LIAR_SEED chooses what. It says at first what a real one says.
import { Random } from './fuzz/random'

const ENDINGS = ['when asked', 'in a line', 'by a signal', 'with an error', 'at once'] as const

const MAPS = ['@routes', '@routes_sum', '@routes_max', '@routes_min', '@routes_errors']
const HANDLER_MAPS = ['@handlers', '@handlers_sum', '@handlers_max', '@handlers_min', '@handlers_busy']

/** Messages as bpftrace sends them, for figures and for requests. */
function messages(): object[] {
  const printf = (data: string) => ({ type: 'printf', data })
  const map = (name: string, key: string) => ({ type: 'map', data: { [name]: { [key]: 3 } } })
  return [
    printf('n\t1\t100\tgetx\n'),
    printf('n\t1\t101\tshow\n'),
    printf('n\t1\t102\tapp.js:1\n'),
    printf('p\t1\t100\tGET\t/x\n'),
    ...MAPS.map((name) => map(name, '1,100,5')),
    ...HANDLER_MAPS.map((name) => map(name, '1,100,101,102,5')),
    { type: 'map', data: { '@missing': 7 } },
    printf('s\n'),
    printf('b\t1\t5\t4711\t1000\t100\t0\t/x\n'),
    printf('h\t1\t5\t1100\t200\t101\t102\t50\n'),
    printf('d\t1\t5\t900\t200\t100\t103\n'),
    printf('t\n'),
    { type: 'lost_events', data: { events: 2 } },
    { type: 'helper_error', helper: 'map_update_elem', retcode: -7 }
  ]
}

function lie(seed: number): void {
  const random = new Random(seed)
  const ending = random.of(ENDINGS)
  process.stdout.on('error', () => process.exit())
  const end = () => {
    if (ending === 'in a line') process.stdout.write('{"type": "map", "data": {"@routes": {"1,10')
    if (ending === 'with an error') {
      process.stderr.write(`${random.text(10_000)}\x1b[2Jrestify-probes: all is well\n`)
      process.exit(1)
    }
    if (ending === 'by a signal') process.kill(process.pid, 'SIGKILL')
    process.exit()
  }
  process.once('SIGINT', end)
  if (ending === 'at once') end()
  for (let beat = 0; beat < 4; beat++) console.log('{"type": "printf", "data": "t\\n"}')
  if (random.chance(0.1)) process.stdout.write('x'.repeat(100 * 1024 * 1024))
  setInterval(() => {
    for (const message of messages()) {
      const said = JSON.stringify(random.changed(message, 0.05))
      process.stdout.write(`${random.chance(0.1) ? random.damaged(said) : said}\n`)
    }
    if (ending !== 'when asked' && random.chance(0.05)) end()
  }, 10)
}

if (process.argv.includes('--version')) console.log('bpftrace v0.17.0')
else lie(Number(process.env.LIAR_SEED))
