/** Write docs/RIGHTS.md anew, from the project's folder. */
import { writeFileSync } from 'node:fs'
import { describeRights } from './rights/table.ts'

writeFileSync('docs/RIGHTS.md', describeRights())
