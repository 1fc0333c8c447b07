import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Command, type Result } from '../support/cli'
import { Helloworld } from '../support/helloworld'
import { request } from '../support/http'
import { bpftraceRelease, tracing, withBpftrace } from '../support/tracer'

const NOBODY = 65534
const AS_NOBODY = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups']
const ALL = ['bpf', 'perfmon', 'dac_read_search', 'dac_override']

/** The options of `fork` that run a module as a user who is nobody. */
const NOBODYS_NODE = { execPath: 'setpriv', execArgv: [...AS_NOBODY, process.execPath] }

/** Words that run a program as nobody, with these capabilities, which it passes on or not. */
function having(capabilities: readonly string[], ambient = capabilities): string[] {
  const set = (names: readonly string[]) => ['-all', ...names.map((name) => `+${name}`)].join(',')
  return ['setpriv', ...AS_NOBODY, `--inh-caps=${set(capabilities)}`, `--ambient-caps=${set(ambient)}`]
}

const takesCapabilities = Number(/^0\.(\d+)/.exec(bpftraceRelease())?.[1]) >= 25

describe(withBpftrace('capabilities in place of root'), tracing('bpftrace', 'setpriv'), () => {
  async function latency(words: readonly string[]): Promise<Result> {
    const server = await Helloworld.startWith(NOBODYS_NODE, [])
    try {
      const args = ['latency', '--via', 'kernel', '-p', String(server.pid)]
      const command = new Command(args, {}, words)
      try {
        await command.printed(/measuring process/)
      } catch {
        return await command.end()
      }
      await request(server.port, '/hello/mark')
      return await command.end('SIGINT')
    } finally {
      await server.stop()
    }
  }

  if (takesCapabilities) {
    it('are enough', async () => {
      const { stdout, stderr, code } = await latency(having(ALL))
      assert.equal(code, 0, stderr)
      assert.match(stdout, /slowHandler/)
    })

    it('that are missing are named', async () => {
      const { stderr, code } = await latency(having(['bpf', 'perfmon', 'dac_read_search']))
      assert.equal(code, 1)
      assert.match(stderr, /tracing needs root, or capabilities that are missing here: CAP_DAC_OVERRIDE\n/)
      assert.match(stderr, /sudo setpriv .*--ambient-caps=\+bpf,\+perfmon,\+dac_read_search,\+dac_override /)
    })
  } else {
    it('are refused by bpftrace before 0.25, whatever the user has', async () => {
      const { stderr, code } = await latency(having(ALL))
      assert.equal(code, 1)
      assert.match(
        stderr,
        /tracing needs root\n {2}sudo .*\nbpftrace 0\.\d+ demands it; 0\.25 and later take capabilities/
      )
    })
  }
})
