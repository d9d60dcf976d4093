// `node scripts/demo-code.mjs SECRET`: the code that an application of codes shows at this moment.
import { TOTP } from 'otpauth'

process.stdout.write(`${new TOTP({ secret: process.argv[2] ?? '' }).generate()}\n`)
