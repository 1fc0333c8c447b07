import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Express } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { request, serving } from './support/http'
import { Recorder } from './support/recorder'

/** Gives all that the probes show of one request. */
async function shown(app: Express, path: string, headers: Record<string, string> = {}): Promise<string> {
  return serving(app, async (server) => {
    const recorder = new Recorder()
    await request(server, path, { headers })
    await recorder.requests(1)
    return JSON.stringify(recorder.stop())
  })
}

for (const release of EXPRESS_MAJORS) {
  const express = load(release)

  describe(`redact holds for the whole app, on ${titleOf(release)}`, () => {
    it('for a route that opts in before restifyProbes() is used (rule 11)', async () => {
      const app = express()
      app.get('/early', restifyProbes.route('Early'), (_req, res) => {
        res.set('X-Early-Key', 'sesame').send('answer')
      })
      app.use(restifyProbes({ redact: ['x-early-key', '?early_token'] }))
      const seen = await shown(app, '/early?early_token=sesame&plain=shown', { 'X-Early-Key': 'sesame' })
      assert.doesNotMatch(seen, /sesame/)
      assert.match(seen, /early_token=\[redacted\]&plain=shown/)
    })

    for (const [what, url] of [
      ['a parameter', '/x?invite=sesame'],
      ['one of several', '/x?a=1&invite=sesame&b=2'],
      ['each that repeats', '/x?invite=sesame&invite=sesame2'],
      ['another case', '/x?INVITE=sesame'],
      ['an encoded name', '/x?in%76ite=sesame'],
      ['an array', '/x?invite[]=sesame&invite%5B0%5D=sesame'],
      ['a field', '/x?user[invite]=sesame'],
      ['a path parameter', '/x;invite=sesame?a=1'],
      ['an encoded URL in another', '/x?next=%2Fin%3Finvite%3Dsesame'],
      ['one encoded twice', '/x?next=%252Fin%253Finvite%253Dsesame'],
      ['broken encoding', '/x?invite=sesame%&%zz=1']
    ] as const) {
      it(`${what}, in the url, referer and location (rule 11)`, async () => {
        const app = express()
        app.use(restifyProbes({ redact: ['?invite'] }))
        app.use((_req, res) => {
          res.set('Location', `https://shop.example${url}`).set('Link', `<${url}>; rel="next"`).send('answer')
        })
        const seen = await shown(app, url, { Referer: `http://shop.example${url}` })
        assert.doesNotMatch(seen, /sesame/)
        assert.equal(seen.match(/\[redacted\]/g)?.length, 4 * (url.match(/sesame/g)?.length ?? 0))
      })
    }

    it('the password in a whole URL that a client asks for, as of a proxy (rule 10)', async () => {
      const app = express()
      app.use(restifyProbes())
      app.use((_req, res) => void res.send('answer'))
      const seen = await shown(app, 'http://mark:sesame@shop.example/x?a=1')
      assert.doesNotMatch(seen, /sesame/)
      assert.match(seen, /"http:\/\/\[redacted\]@shop.example\/x\?a=1"/)
    })

    it('and leaves all else as it is (rule 11)', async () => {
      const app = express()
      app.use(restifyProbes({ redact: ['?invite'] }))
      app.use((_req, res) => void res.send('answer'))
      const url = '/x?uninvited=1&a%20b=%zz&c=d=e&&f;g=h%3Di'
      assert.ok((await shown(app, url)).includes(JSON.stringify(url)))
    })

    it('for values that are objects, with a toJSON that would tell (rule 11)', async () => {
      const app = express()
      app.use((req, _res, next) => {
        const value = { toString: () => '/x?invite=sesame', toJSON: () => '/x?invite=sesame' }
        Object.assign(req.headers, { odd: value })
        next()
      })
      app.use(restifyProbes({ redact: ['?invite'] }))
      app.use((_req, res) => void res.send('answer'))
      assert.doesNotMatch(await shown(app, '/x'), /sesame/)
    })
  })
}
