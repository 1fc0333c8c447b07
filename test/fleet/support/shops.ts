import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const SHOP = path.join(__dirname, '..', '..', '..', 'examples', 'fleet', 'shop.js')

/** An instance of examples/fleet/shop in a process of its own. */
export class FleetShop {
  private constructor(
    readonly host: string,
    readonly child: ChildProcess
  ) {}

  /** @param slow - how many times as long as elsewhere it takes to compare prices */
  static async start(slow = 1): Promise<FleetShop> {
    const child = spawn(process.execPath, [SHOP], {
      env: { ...process.env, PORT: '0', SLOW: String(slow) },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let output = ''
    for await (const text of child.stdout ?? []) {
      output += text
      const host = /listening: http:\/\/(\S+)\n/.exec(output)?.[1]
      if (host !== undefined) return new FleetShop(host, child)
    }
    throw new Error('the shop ended before it listened')
  }

  /** A visit asks for a product, the cart and an order, one after the other. */
  async visit(product: number): Promise<void> {
    await this.#ask(`/products/${product}`)
    await this.#ask('/cart')
    await this.#ask('/orders', 'POST')
  }

  async #ask(path: string, method = 'GET'): Promise<void> {
    await (await fetch(`http://${this.host}${path}`, { method })).text()
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill()
    await exited
  }
}
