import autocannon from 'autocannon'

const CONNECTIONS = 20

/**
 * Sends requests over keep-alive connections, one at a time on each.
 *
 * @throws Error unless every one of them was answered with 200
 */
export async function load(url, requests) {
  const result = await autocannon({ url, connections: CONNECTIONS, amount: requests, sampleInt: 20 })
  if (result['2xx'] !== requests || result.errors > 0)
    throw new Error(`${url}: of ${requests} requests ${result['2xx']} succeeded, ${result.errors} failed`)
}
