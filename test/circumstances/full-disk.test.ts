import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { CLI, ROOT } from '../support/cli'
import { tracing, withBpftrace } from '../support/tracer'

const SHOP = path.join(__dirname, '..', 'fixtures', 'shop.js')

/**
 * In a mount namespace of its own: every folder for temporary files is a file system without room. An app runs there,
 * is asked for 20 pages, and traced. $1 is Node, $2 the command, $3 the app; the other words are those folders.
 */
const SCRIPT = `
node=$1; command=$2; shop=$3; shift 3
mount -t tmpfs -o size=64k tmpfs /mnt
for folder; do mount --bind /mnt "$folder"; done
export TMPDIR=/mnt
"$node" "$shop" > /mnt/listening &
app=$!
while ! grep -q listening /mnt/listening; do sleep 0.1; done
port=$(sed 's/.*: //' /mnt/listening)
head -c 1000000 /dev/zero > /mnt/filling 2> /dev/null
for way in kernel process; do
  "$node" "$command" trace --via $way -p $app --duration 3 &
  tracer=$!
  for request in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    "$node" -e "fetch('http://127.0.0.1:$port/r1/$request').then((res) => console.log('answered', res.status))"
  done
  wait $tracer
  echo "$way ended with $?"
done
"$node" "$command" list > /mnt/list
echo "list to a full disk ended with $?"
kill $app
`

describe(withBpftrace('a full disk under the app and the command'), tracing('bpftrace', 'unshare'), () => {
  it('keeps neither from its work; what can not be written is told', () => {
    // A checkout may be below one of them.
    const folders = ['/tmp', '/dev/shm'].filter((folder) => !ROOT.startsWith(`${folder}/`))
    const words = ['--mount', 'sh', '-c', SCRIPT, 'sh', process.execPath, CLI, SHOP, ...folders]
    const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 60_000 })
    const printed = stdout + stderr
    assert.equal(printed.match(/^answered 200$/gm)?.length, 20, printed)
    assert.match(stdout, /^kernel ended with 0$/m, printed)
    assert.match(stdout, /^process ended with 0$/m, printed)
    assert.ok((stdout.match(/ 200 .* GET .*\/r1\/\d+/g)?.length ?? 0) >= 5, printed)
    assert.match(stdout, /^list to a full disk ended with 1$/m, printed)
    assert.match(stderr, /ENOSPC|no space/i, printed)
    assert.doesNotMatch(stderr, /^ +at .*\.js:\d+/m, printed)
  })
})
