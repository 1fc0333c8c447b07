import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, it } from 'node:test'
import type * as CredentialsModule from '../../dist/redaction/credentials'
import { internal, objects, run } from '../support/cli'
import { freePort, request } from '../support/http'
import { SHOP } from '../support/shop'

const { commandWithoutSecrets, requestWithoutCredentials, withoutCredentials } =
  internal<typeof CredentialsModule>('../redaction/credentials')

describe('what the command hides by itself', () => {
  for (const [text, expected] of [
    ['/cb?access_token=sesame&page=2', '/cb?access_token=[redacted]&page=2'],
    ['/cb#id_token=sesame', '/cb#id_token=[redacted]'],
    ['https://mark:sesame@host/x', 'https://[redacted]@host/x'],
    ['/x?next=https%3A%2F%2Fh%2F%3Fapi_key%3Dsesame', '/x?next=[redacted]'],
    ['/users/9?page=2&sort=token', '/users/9?page=2&sort=token'],
    ['/a@b:c', '/a@b:c']
  ] as const) {
    it(`in ${text}`, () => assert.equal(withoutCredentials(text), expected))
  }

  it("a request's credentials, in its URL and headers", () => {
    const request = requestWithoutCredentials({
      url: '/x?token=sesame',
      handlers: [],
      requestHeaders: '{"authorization":"Bearer sesame","referer":"/y?sig=sesame","accept":"*/*"}',
      responseHeaders: '{"set-cookie":["a=sesame","b=sesame"],"location":"/z?password=sesame"}'
    } as never)
    assert.doesNotMatch(JSON.stringify(request), /sesame/)
    assert.match(request.requestHeaders ?? '', /"accept":"\*\/\*"/)
    assert.equal(
      requestWithoutCredentials({ url: '/', handlers: [], requestHeaders: 'sesame' } as never).requestHeaders,
      '{}'
    )
  })

  it('secrets in command lines', () => {
    assert.deepEqual(
      commandWithoutSecrets(
        'node app.js --token=sesame --db-password sesame API_KEY=sesame --port 80 postgres://a:sesame@db/shop'.split(
          ' '
        )
      ),
      [
        ...'node app.js --token=[redacted] --db-password [redacted] API_KEY=[redacted] --port 80'.split(' '),
        'postgres://a:[redacted]@db/shop'
      ]
    )
    assert.deepEqual(commandWithoutSecrets(['node', 'author=mark', '--auth', '--verbose']), [
      'node',
      'author=mark',
      '--auth',
      '--verbose'
    ])
  })

  it('in list, as text and as JSON', {
    skip: process.platform !== 'linux' && 'lists on Linux only'
  }, async () => {
    const port = String(await freePort())
    const app = spawn(process.execPath, [SHOP, '--api-key=sesame', '--password', 'sesame'], {
      env: { ...process.env, PORT: port },
      stdio: ['ignore', 'pipe', 'ignore', 'ipc']
    })
    await once(app.stdout as NodeJS.ReadableStream, 'data')
    const [text, json] = await Promise.all([run(['list']), run(['list', '--json'])])
    app.kill()
    for (const { stdout } of [text, json]) {
      assert.match(stdout, new RegExp(`\\b${app.pid}\\b`))
      assert.doesNotMatch(stdout, /sesame/)
    }
  })

  it('in trace, of an app that did not ask for it', async () => {
    const port = await freePort()
    const asking = (async () => {
      for (let i = 0; i < 100; i++) {
        await request(port, `/r1/${i}?api_key=sesame&page=2`).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    const args = ['trace', '--json', '--duration', '2', '--', process.execPath, path.resolve(SHOP)]
    const { stdout } = await run(args, { env: { ...process.env, PORT: String(port) } })
    void asking
    const urls = objects<{ type: string; url: string }>(stdout).filter(({ type }) => type === 'request')
    assert.ok(urls.length > 0)
    for (const { url } of urls) assert.match(url, /\?api_key=\[redacted\]&page=2$/)
  })
})
