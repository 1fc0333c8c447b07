import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import type * as ChangeableModule from '../../dist/cli/changeable-by-others'
import { internal, run } from '../support/cli'
import { PackageCopy } from '../support/package-copy'
import { Shop } from '../support/shop'

const { changeableOnTheWayTo } = internal<typeof ChangeableModule>('changeable-by-others')

const asRoot = {
  skip: (process.platform !== 'linux' || process.getuid?.() !== 0) && 'needs Linux, and root'
}
const NOBODY = 65534
const SOMEBODY = 1
const INSTALL = 'Install the command for this machine, once:\n  sudo npm install -g restify-probes\n'

describe('the line for root', asRoot, () => {
  let copy: PackageCopy
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
  })
  after(() => shop.stop())
  beforeEach(() => {
    copy = new PackageCopy()
  })
  afterEach(() => copy.remove())

  const asNobody = (...args: string[]) => run(args, { cli: copy.cli, uid: NOBODY, gid: NOBODY })

  it('has whole paths, and words as a shell takes them', async () => {
    // A process of that user's own, with nothing in its way but the right to trace.
    const addon = restifyProbes.status().addon as string
    const code = `require(${JSON.stringify(addon)}); console.log('ready'); setInterval(() => {}, 1000)`
    const own = spawn(process.execPath, ['-e', code], { uid: NOBODY, gid: NOBODY })
    await new Promise((resolve) => own.stdout.once('data', resolve))
    const result = await asNobody('latency', '-p', String(own.pid), '--route', "it's")
    own.kill()
    assert.equal(result.code, 1)
    const line = `  sudo ${process.execPath} ${copy.cli} latency -p ${own.pid} --route 'it'\\''s'`
    assert.ok(result.stderr.startsWith(`restify-probes: tracing needs root\n${line}\n`), result.stderr)
  })

  it("is for a process that is another user's", async () => {
    const { code, stderr } = await asNobody('latency', '-p', String(shop.pid))
    assert.equal(code, 1)
    assert.match(
      stderr,
      /process \d+ is another user's: it can't be looked into\nAs root it can:\n {2}sudo \S+ \S+main\.js latency -p \d+$/m
    )
    const none = await asNobody('top')
    assert.match(
      none.stderr,
      /no process that carries the provider was found\n\d+ of the processes here are other users'\. To look into those:\n {2}sudo \S+ \S+main\.js top$/m
    )
  })

  for (const [what, change] of [
    ['the command', () => copy.cli],
    ['a file that the command runs', () => path.join(copy.package, 'dist', 'inject.js')],
    ['the folder of the package', () => copy.package],
    ['a folder far above', () => path.join(copy.folder, 'node_modules')]
  ] as const)
    it(`is not for a command of which another user has ${what}`, async () => {
      const file = change()
      spawnSync('chown', [String(SOMEBODY), file])
      const { stderr } = await asNobody('top')
      assert.ok(
        stderr.includes(`Do not run this command as root: ${file} can be changed by user daemon, and root would run it.
${INSTALL}  sudo restify-probes top\n`),
        stderr
      )
      assert.ok(!stderr.includes(`sudo ${process.execPath}`), stderr)
    })

  it('is not for a command that everybody can change', async () => {
    chmodSync(path.join(copy.package, 'dist'), 0o777)
    const { stderr } = await asNobody('top')
    assert.match(stderr, /dist can be changed by every user, and root would run it\.\nInstall/)
  })

  it('is not for a Node that its own user can change', async () => {
    const node = path.join(copy.add('nvm'), 'node')
    copyFileSync(process.execPath, node)
    chmodSync(node, 0o755)
    spawnSync('chown', [String(NOBODY), node])
    const { stderr } = spawnSync(node, [copy.cli, 'top'], { uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
    assert.ok(
      stderr.includes(
        `Do not run this command as root: ${node} can be changed by user nobody, and root would run it.`
      ),
      stderr
    )
  })

  it("is for this machine's own command, where one is installed", async () => {
    const roots = new PackageCopy()
    copy.give(copy.package, NOBODY)
    const script = `
      mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
      ln -s "$1" /usr/local/sbin/restify-probes
      exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$2" "$3" latency --route a`
    const words = ['--mount', 'sh', '-ec', script, 'sh', roots.cli, process.execPath, copy.cli]
    const { stderr } = spawnSync('unshare', words, { encoding: 'utf8' })
    roots.remove()
    assert.ok(
      stderr.includes(`  sudo ${process.execPath} /usr/local/sbin/restify-probes latency --route a
That is this machine's own command, not the one that you ran: ${copy.package} can be changed by user nobody, and root would run it.\n`),
      stderr
    )
  })
})

describe('who can change a file', asRoot, () => {
  let copy: PackageCopy
  before(() => {
    copy = new PackageCopy()
  })
  after(() => copy.remove())

  it("is nobody but root, for root's in folders of root's, below /tmp too", () => {
    assert.equal(changeableOnTheWayTo(copy.cli), undefined)
    assert.equal(changeableOnTheWayTo('/usr/bin/env'), undefined)
  })

  it('is whoever can change a folder on the way that a link takes', () => {
    const theirs = copy.add('theirs')
    const link = path.join(theirs, 'current')
    symlinkSync(copy.package, link)
    symlinkSync('theirs/current/dist/cli/main.js', path.join(copy.folder, 'command'))
    assert.equal(changeableOnTheWayTo(path.join(copy.folder, 'command')), undefined)
    copy.give(theirs, NOBODY)
    // The link's end is root's, but they could make it lead elsewhere.
    assert.deepEqual(changeableOnTheWayTo(path.join(copy.folder, 'command')), {
      path: theirs,
      by: 'user nobody'
    })
    assert.equal(changeableOnTheWayTo(realpathSync(path.join(copy.folder, 'command'))), undefined)
  })

  it('is a group, if it has anybody in it', () => {
    const file = path.join(copy.package, 'package.json')
    chmodSync(file, 0o664)
    const groups = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((entry) => entry.split(':'))
    const nobodys = groups.find(([name, , , members]) => name === 'staff' && members === '')
    if (nobodys !== undefined) {
      spawnSync('chgrp', ['staff', file])
      assert.equal(changeableOnTheWayTo(file), undefined)
    }
    // The group is that of user daemon, who is not named in it.
    spawnSync('chgrp', ['daemon', file])
    assert.deepEqual(changeableOnTheWayTo(file), { path: file, by: 'group 1' })
    spawnSync('chgrp', ['4242', file])
    assert.deepEqual(changeableOnTheWayTo(file), { path: file, by: 'group 4242' })
  })

  it('is told of what is not there, and of links in a circle, without waiting', () => {
    assert.match(changeableOnTheWayTo(path.join(copy.folder, 'none'))?.by ?? '', /out of sight/)
    symlinkSync('circle', path.join(copy.folder, 'circle'))
    assert.match(changeableOnTheWayTo(path.join(copy.folder, 'circle'))?.by ?? '', /in a circle/)
  })
})
