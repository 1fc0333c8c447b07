import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as WantedModule from '../../../dist/cli/sources/prometheus/fleet-query'
import { internal } from '../../support/cli'

const { readWanted } = internal<typeof WantedModule>('sources/prometheus/fleet-query')

const matchersOf = (match?: string, route?: string) =>
  readWanted({ prometheus: 'http://localhost:9090', match, route, routesOnly: false }).matchers

const addressOf = (prometheus: string) => readWanted({ prometheus, routesOnly: false }).address

describe('the address of a Prometheus', () => {
  it('may have a path, which is kept', () => {
    assert.equal(addressOf('https://mimir/prometheus').base, 'https://mimir/prometheus/')
    assert.equal(addressOf('https://mimir/prometheus//').base, 'https://mimir/prometheus/')
    assert.equal(addressOf('http://[::1]:9090').base, 'http://[::1]:9090/')
  })

  it('shows neither user name nor password, which become a header', () => {
    const address = addressOf('https://reader:se%3Asame@metrics.example')
    assert.equal(address.shown, 'https://metrics.example')
    assert.equal(address.base, 'https://metrics.example/')
    assert.equal(address.authorization, `Basic ${Buffer.from('reader:se:same').toString('base64')}`)
    assert.equal(addressOf('http://localhost:9090').authorization, undefined)
  })

  for (const text of [
    'localhost:9090',
    'metrics',
    '',
    'ftp://metrics',
    '/metrics',
    'http://m/graph?g0=x',
    'http://m/#x'
  ])
    it(`is refused: "${text}"`, () => assert.throws(() => addressOf(text), /--prometheus takes/))

  for (const text of [
    'reader:sesame@metrics:9090',
    'ftp://reader:sesame@metrics',
    'http://reader:sesame@metrics:port'
  ])
    it(`is refused without its password being told: ${text}`, () =>
      assert.throws(
        () => addressOf(text),
        ({ message }: Error) => /redacted/.test(message) && !message.includes('sesame')
      ))

  it('may have a password with a lone percent sign', () => {
    assert.equal(
      addressOf('http://reader:50%@metrics').authorization,
      `Basic ${Buffer.from('reader:50%').toString('base64')}`
    )
  })
})

describe('--match', () => {
  for (const [text, expected] of [
    ['job="shop"', ['job="shop"']],
    ['{job="shop"}', ['job="shop"']],
    [' job = "shop" , namespace=~"eu-.*|us" ,', ['job="shop"', 'namespace=~"eu-.*|us"']],
    ["job!='shop',pod!~`web-\\d+`", ["job!='shop'", 'pod!~`web-\\d+`']],
    ['job="a\\"},b"', ['job="a\\"},b"']],
    // A shell takes quotes away.
    ['job=shop,pod=~web-.*', ['job="shop"', 'pod=~"web-.*"']]
  ] as const)
    it(`is understood: ${text}`, () => assert.deepEqual(matchersOf(text), expected))

  for (const text of [
    '',
    '{}',
    'shop',
    'job=',
    'job="shop',
    'job=="shop"',
    'job="shop" namespace="x"',
    'job="shop"} or vector(1) #',
    'job="a\nb"',
    '__name__="x"',
    'ja-va="x"',
    ','
  ])
    it(`is refused: ${JSON.stringify(text)}`, () => assert.throws(() => matchersOf(text), /--match takes/))
})

describe('--route of a fleet', () => {
  it('is a path, with a method or without', () => {
    assert.deepEqual(matchersOf('job=shop', 'GET /users/:id'), [
      'job="shop"',
      'http_request_method="GET"',
      'http_route="/users/:id"'
    ])
    assert.deepEqual(matchersOf(undefined, '/a"b\\'), ['http_route="/a\\"b\\\\"'])
  })

  it('is no name of a probe', () => {
    assert.throws(() => matchersOf(undefined, 'getusers'), /--route takes a path/)
  })
})
