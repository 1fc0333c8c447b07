import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as CommandsModule from '../../dist/cli/commands/commands'
import type * as ParseModule from '../../dist/cli/parse'
import { internal, run } from '../support/cli'

const { COMMAND_NAMES } = internal<typeof CommandsModule>('commands/commands')
const { readArguments } = internal<typeof ParseModule>('parse')

describe('the command line', () => {
  it('is understood', () => {
    const read = readArguments(
      'trace -p 1 -p 2,3 --handlers --slower-than 2.5 --status 4xx,500 --duration 3'.split(' ')
    )
    assert.equal(read.command, 'trace')
    assert.deepEqual(read.pids, [1, 2, 3])
    assert.equal(read.slowerThanMs, 2.5)
    assert.equal(read.seconds, 3)
    assert.deepEqual(read.statuses, [
      { from: 400, to: 499 },
      { from: 500, to: 500 }
    ])
  })

  it('takes every status that HTTP has', () => {
    assert.deepEqual(readArguments(['trace', '--status', '1xx,5xx,100,599']).statuses, [
      { from: 100, to: 199 },
      { from: 500, to: 599 },
      { from: 100, to: 100 },
      { from: 599, to: 599 }
    ])
  })

  it('leaves all that follows -- to the app', () => {
    const read = readArguments(['latency', '--json', '--', 'node', 'app.js', '-p', '--help'])
    assert.deepEqual(read.app, ['node', 'app.js', '-p', '--help'])
    assert.equal(read.json, true)
  })

  for (const [words, message] of [
    ['', /which command\? One of: list, latency/],
    ['latenzy', /there is no command "latenzy"\. Did you mean latency\?/],
    ['frobnicate', /there is no command "frobnicate"\. There are: list, latency/],
    ['help latenc', /there is no command "latenc"\. Did you mean latency\?/],
    ['latency --frob', /Unknown option '--frob'\nrestify-probes latency --help/],
    [
      'trace --handelrs',
      /Unknown option '--handelrs'\. Did you mean --handlers\?\nrestify-probes trace --help/
    ],
    ['trace --slow 3', /Did you mean --slower-than\?/],
    ['latency --slow 3', /Unknown option '--slow'\n/],
    ['--jsn latency', /Did you mean --json\?\nrestify-probes latency --help/],
    ['list -p 3', /list takes no --pid\nrestify-probes list --help/],
    ['script latency --handlers', /script latency takes no --handlers.*\nrestify-probes script --help/],
    ['script trace --json', /script takes no --json\nrestify-probes script --help/],
    ['latency 4711', /Did you mean -p 4711\?/],
    ['latency node', /comes after two dashes/],
    ['latency -p abc', /"abc" is no pid/],
    ['latency --duration soon', /--duration takes a number/],
    ['latency --duration 0', /--duration takes a number above 0, not "0"/],
    ['latency --duration 2s', /--duration takes seconds, without a unit, not "2s"/],
    ['trace --slower-than=-5', /--slower-than takes a number of 0 or above, not "-5"/],
    ['trace --slower-than 200ms', /--slower-than takes milliseconds, without a unit, not "200ms"/],
    ['latency --unit hours', /--unit takes ms or us/],
    ['latency --unit constructor', /--unit takes ms or us/],
    ['top --sort constructor', /--sort takes one of/],
    ['trace --status fine', /--status takes a list/],
    ['trace --header =x', /--header takes NAME or NAME=VALUE, not "=x"/],
    ['trace --query =', /--query takes NAME or NAME=VALUE, not "="/],
    [`trace --url ${'x'.repeat(501)}`, /--url takes at most 500 characters/],
    [
      'trace --header a --header b --header c --header d --header e --header f --header g --header h --header i',
      /at most 8 times/
    ],
    ['latency --url x', /latency takes no --url/],
    ['trace --status 4xx,6xx', /100 to 599, not "6xx"/],
    ['trace --status 600', /100 to 599, not "600"/],
    ['trace --status 099', /100 to 599, not "099"/],
    ['top --sort size', /--sort takes one of: requests, errors, time/],
    ['top --match job=shop', /top takes --match with --prometheus only/],
    ['top --routes', /top takes --routes with --prometheus only/],
    ['top --prometheus http://m -p 1', /either --prometheus or --pid, not both/],
    ['top --prometheus http://m -- node app.js', /either --prometheus or an app to start, not both/],
    ['top --prometheus http://m --interval 5m', /--interval takes seconds, without a unit, not "5m"/],
    ['top --prometheus http://m --sort max', /--sort takes one of: requests, .*change, share, spread/],
    ['latency --prometheus http://m', /latency takes no --prometheus/],
    ['script', /latency or trace/],
    ['script top', /latency or trace/],
    ['latency --', /after -- comes the app/],
    ['latency -p 1 -- node app.js', /not both/],
    ['latency -p 1 --all', /either -p or --all, not both/],
    ['latency --all -- node app.js', /either --all or an app to start, not both/],
    ['export --listen 70000', /--listen takes \[ADDRESS:\]PORT, such as 9469, 0\.0\.0\.0:9469/],
    ['export --listen shop.example:80', /--listen takes/],
    ['export --listen ::1:80', /--listen takes/],
    ['export --listen [127.0.0.1]:80', /--listen takes/],
    ['export --otlp collector:4318', /--otlp takes a URL, such as http/],
    ['export --otlp ftp://a', /--otlp takes a URL/],
    ['export --otlp http://a:b@c', /without a password.*OTEL_EXPORTER_OTLP_HEADERS/],
    ['export --otlp-interval 5', /export takes --otlp-interval with --otlp only/],
    ['export --otlp http://a --otlp-interval 0', /--otlp-interval takes a number of 1 or above, not "0"/],
    ['export --handlers --handlers-for 1m', /either --handlers or --handlers-for, not both/],
    ['export --handlers-for 10', /--handlers-for takes a time of up to 24 days, such as 90s/],
    ['export --handlers-for 25d', /--handlers-for takes a time/],
    ['export --json', /export takes no --json\nrestify-probes export --help/],
    ['export -- node app.js', /export starts no app/],
    ['list --all', /list takes no --all/],
    ['list -- node app.js', /list starts no app/]
  ] as const) {
    it(`is refused with status 2 and a reason: ${words || '(nothing)'}`, async () => {
      const { code, stderr, stdout } = await run(words === '' ? [] : words.split(' '))
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
      const command = words.split(' ').find((word) => (COMMAND_NAMES as string[]).includes(word))
      assert.ok(
        stderr.endsWith(
          `${['restify-probes', command, '--help'].filter(Boolean).join(' ')} tells what there is.\n`
        ),
        stderr
      )
      assert.equal(stdout, '')
    })
  }
})

describe('help', () => {
  for (const command of COMMAND_NAMES) {
    it(`has an example of ${command}, and fits 90 columns`, async () => {
      const { code, stdout } = await run([command, '--help'])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^ {2}restify-probes ${command}\\b`, 'm'))
      for (const line of stdout.split('\n')) assert.ok(line.length <= 90, line)
      assert.equal((await run(['help', command])).stdout, stdout)
    })
  }

  it('tells of all commands', async () => {
    const { code, stdout } = await run(['--help'])
    assert.equal(code, 0)
    for (const command of COMMAND_NAMES)
      assert.match(stdout, new RegExp(`^  restify-probes ${command}\\b`, 'm'))
  })

  it('--version is that of the package', async () => {
    const { version } = require('restify-probes/package.json') as { version: string }
    assert.equal((await run(['--version'])).stdout, `${version}\n`)
  })
})
