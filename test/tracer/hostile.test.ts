import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import { replaced } from '../hostile/elf'
import { compiled, whileRunning } from '../hostile/programs'
import { Command, objects } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing, withBpftrace } from '../support/tracer'

const NOBODY = 65534
const CARRIER = path.join(__dirname, '..', 'fixtures', 'carrier.js')

describe(withBpftrace('among hostile processes'), tracing('bpftrace', 'gcc', 'pgrep', 'mkfifo'), () => {
  const real = restifyProbes.status().addon as string
  let folder: string
  let addon: string
  let map: string
  let shop: Shop

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'hostile-'))
    execFileSync('chmod', ['755', folder])
    addon = path.join(folder, 'restify_probes.node')
    map = compiled('map')
    shop = await Shop.start()
  })
  after(async () => {
    await shop.stop()
    rmSync(folder, { recursive: true })
  })

  for (const choice of ['--all', '-p each']) {
    it(`${choice}: one whose notes no tracer can read is named and left out, and others are traced`, async () => {
      writeFileSync(addon, replaced(readFileSync(real), '8@%rdi 8@%rsi', '8@%rdi @@@%zz'))
      const use = async ({ pid }: { pid: number }) => {
        const chosen = choice === '--all' ? ['--all'] : ['-p', `${pid},${shop.pid}`]
        const command = new Command(['trace', '--json', ...chosen])
        await command.printed(new RegExp(`tracing process.*\\b${shop.pid}\\b`))
        await shop.load(100)
        const { code, stdout, stderr } = await command.end('SIGINT')
        assert.equal(code, 0)
        assert.match(
          stderr,
          new RegExp(
            `process ${pid} of nobody is left out, since ${addon} can't be traced: .*arguments of its own`
          )
        )
        assert.equal(requestsOf(stdout).length, 100)
      }
      await whileRunning(map, [addon], use, { uid: NOBODY })
    })
  }

  /** The requests of the shop: other tests' apps may run, too. */
  function requestsOf(stdout: string): unknown[] {
    return objects<{ type: string; pid: number; route: string }>(stdout).filter(
      ({ type, pid, route }) => type === 'request' && pid === shop.pid && route.startsWith('getr')
    )
  }

  /** Resolves when the command has started bpftrace, which has not read anything yet. */
  async function bpftraceOf(command: Command): Promise<void> {
    for (;;) {
      try {
        execFileSync('pgrep', ['-P', String(command.process.pid), '-f', 'bpftrace'])
        return
      } catch {
        await setTimeout(2)
      }
    }
  }

  it("notes that change after they were checked: that user's are named and left out, and others are traced", async () => {
    copyFileSync(real, addon)
    const changed = path.join(folder, 'changed.node')
    writeFileSync(changed, replaced(readFileSync(real), '8@%rdi 8@%rsi', '8@%rdi @@@%zz'))
    // Before bpftrace reads the file, it is written to, as whoever owns it can do.
    const bin = path.join(folder, 'bin')
    mkdirSync(bin)
    const bpftrace = execFileSync('sh', ['-c', 'command -v bpftrace'], { encoding: 'utf8' }).trim()
    const script = `#!/bin/sh\ncase " $* " in *" -e "*) cat '${changed}' > '${addon}';; esac\nexec '${bpftrace}' "$@"\n`
    writeFileSync(path.join(bin, 'bpftrace'), script, { mode: 0o755 })
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
    const use = async ({ pid }: { pid: number }) => {
      const command = new Command(['trace', '--json', '-p', `${pid},${shop.pid}`], { env })
      await command.printed(new RegExp(`tracing process.*\\b${shop.pid}\\b`))
      await shop.load(100)
      const { code, stdout, stderr } = await command.end('SIGINT')
      assert.equal(code, 0)
      assert.match(stderr, new RegExp(`left out: process ${pid} of nobody, since `))
      const [, title] = /^restify-probes: tracing (.*)$/m.exec(stderr) ?? []
      assert.match(title as string, new RegExp(`^process ${shop.pid} \\(`))
      assert.equal(requestsOf(stdout).length, 100)
    }
    await whileRunning(map, [addon], use, { uid: NOBODY })
  })

  it('a FIFO in the place of the addon, while bpftrace starts: nobody waits, and others are traced', async () => {
    copyFileSync(real, addon)
    const fifo = path.join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    await whileRunning(process.execPath, [CARRIER, addon], async ({ pid }) => {
      const command = new Command(['trace', '--json', '-p', `${pid},${shop.pid}`])
      await bpftraceOf(command)
      renameSync(fifo, addon)
      await command.printed(/tracing process/)
      await shop.load(100)
      const late = setTimeout(10_000, 'late', { ref: false })
      const end = await Promise.race([command.end('SIGINT'), late])
      if (end === 'late') command.process.kill('SIGKILL')
      assert.equal(typeof end === 'string' ? end : end.code, 0)
      assert.equal(requestsOf(command.stdout).length, 100)
    })
  })
})
