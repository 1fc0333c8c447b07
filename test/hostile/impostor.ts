// An app that was started by the command and has turned against it: gives up its rights, and sends what it
// was told to send over the connection that it has inherited from when it was trusted.
import net from 'node:net'

const [uid, report] = process.argv.slice(2) as [string, string]
const { RESTIFY_PROBES_SOCKET } = process.env

const connection = net.connect(RESTIFY_PROBES_SOCKET as string, () => {
  if (uid !== 'same') {
    process.setgid?.(Number(uid))
    process.setuid?.(Number(uid))
  }
  const text = report === 'endless' ? 'x'.repeat(1024) : `${report}\n`
  if (report === 'endless') {
    const write = () => {
      // This sends as much as the connection takes, a MB at a time.
      while (connection.write(text.repeat(1024)));
    }
    connection.on('drain', write)
    write()
    connection.on('close', () => console.log('closed'))
  } else {
    connection.write(text, () => console.log('sent'))
    connection.on('close', () => console.log('closed'))
  }
})
connection.on('error', () => {})
setInterval(() => {}, 1000)
