/** A paragraph of a style, or a table whose first row is its head. `**…**` is bold. */
export type Block =
  | readonly [
      style: 'title' | 'subtitle' | 'heading' | 'body' | 'item' | 'right' | 'small',
      text: string,
    ]
  | readonly [style: 'table', widths: readonly number[], rows: readonly (readonly string[])[]]

/** A document that LibreOffice Writer opens: flat OpenDocument (OASIS OpenDocument 1.3, part 3). */
export function fodt({
  title,
  organisation,
  blocks,
}: {
  title: string
  organisation: readonly [name: string, place: string]
  blocks: readonly Block[]
}): string {
  const body = blocks.map(block).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>
<office:document ${NAMESPACES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>${xmlText(title)}</dc:title><dc:language>fr-FR</dc:language></office:meta>
${STYLES}
<office:automatic-styles>${PAGE_LAYOUT}${tableStyles(blocks)}</office:automatic-styles>
<office:master-styles>
  <style:master-page style:name="Standard" style:page-layout-name="Page">
    <style:header><text:p text:style-name="head"><text:span text:style-name="bold">${xmlText(organisation[0])}</text:span><text:tab/>${xmlText(organisation[1])}</text:p></style:header>
    <style:footer><text:p text:style-name="foot">${xmlText(title)}<text:tab/>Page <text:page-number/> sur <text:page-count/></text:p></style:footer>
  </style:master-page>
</office:master-styles>
<office:body><office:text>
${body}
</office:text></office:body>
</office:document>
`
}

function block(entry: Block, index: number): string {
  if (entry[0] !== 'table') {
    const level = entry[0] === 'title' ? 1 : entry[0] === 'heading' ? 2 : undefined
    const name = level === undefined ? 'text:p' : 'text:h'
    const outline = level === undefined ? '' : ` text:outline-level="${level}"`
    return `<${name} text:style-name="${entry[0]}"${outline}>${inline(entry[1])}</${name}>`
  }
  const [, widths, rows] = entry
  const columns = widths.map((_, i) => `<table:table-column table:style-name="t${index}.${i}"/>`)
  const isNumeric = (rows[1] ?? []).map(isNumber)
  const lines = rows.map((row, i) => tableRow(row, i === 0, isNumeric))
  return `<table:table table:style-name="t${index}">${columns.join('')}${lines.join('')}</table:table>`
}

function tableRow(cells: readonly string[], isHead: boolean, isNumeric: readonly boolean[]) {
  const style = isHead ? 'headcell' : 'cell'
  const written = cells.map((text, column) => {
    const paragraph = `${isHead ? 'cellhead' : 'cell'}${isNumeric[column] === true ? 'number' : 'text'}`
    return `<table:table-cell table:style-name="${style}"><text:p text:style-name="${paragraph}">${inline(text)}</text:p></table:table-cell>`
  })
  const row = `<table:table-row table:style-name="row">${written.join('')}</table:table-row>`
  return isHead ? `<table:table-header-rows>${row}</table:table-header-rows>` : row
}

function isNumber(text: string): boolean {
  return /^[\d ,.–]*\d( ?[€%h])?$/.test(text)
}

function inline(text: string): string {
  const fixed = xmlText(text)
    .replace(/ ([;:!?€%»])/g, '\u00a0$1')
    .replace(/« /g, '«\u00a0')
    .replace(/(\d) (?=\d{3})/g, '$1\u00a0')
  const ordinals = fixed.replace(/\b1er\b/g, '1<text:span text:style-name="super">er</text:span>')
  return ordinals.replace(/\*\*(.+?)\*\*/g, '<text:span text:style-name="bold">$1</text:span>')
}

function xmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}

const NAMESPACES = [
  ['office', 'office:1.0'],
  ['style', 'style:1.0'],
  ['text', 'text:1.0'],
  ['table', 'table:1.0'],
  ['fo', 'xsl-fo-compatible:1.0'],
]
  .map(([prefix, name]) => `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${name}"`)
  .concat('xmlns:dc="http://purl.org/dc/elements/1.1/"')
  .join(' ')

const BLUE = '#1d3a6b'
const SANS = 'Liberation Sans'
const SERIF = 'Liberation Serif'
const CELL = `style:font-name="${SANS}" fo:font-size="9pt"`

/** name: paragraph attributes, text attributes. */
const PARAGRAPHS: Readonly<Record<string, readonly [string, string]>> = {
  title: [
    'fo:margin-top="0.5cm" fo:margin-bottom="0.1cm"',
    `style:font-name="${SANS}" fo:font-size="19pt" fo:font-weight="bold" fo:color="${BLUE}"`,
  ],
  subtitle: [
    'fo:margin-bottom="0.6cm"',
    `style:font-name="${SANS}" fo:font-size="11pt" fo:color="#4b5566"`,
  ],
  heading: [
    'fo:margin-top="0.4cm" fo:margin-bottom="0.12cm" fo:keep-with-next="always"',
    `style:font-name="${SANS}" fo:font-size="11.5pt" fo:font-weight="bold" fo:color="${BLUE}"`,
  ],
  body: [
    'fo:margin-bottom="0.2cm" fo:text-align="justify" fo:line-height="120%" fo:orphans="2" fo:widows="2"',
    '',
  ],
  item: [
    'fo:margin-bottom="0.1cm" fo:margin-left="0.9cm" fo:text-indent="-0.4cm" fo:line-height="118%"',
    '',
  ],
  right: ['fo:margin-bottom="0.05cm" fo:margin-left="10cm"', ''],
  small: [
    'fo:margin-top="0.3cm"',
    `style:font-name="${SANS}" fo:font-size="8pt" fo:color="#4b5566"`,
  ],
  celltext: ['', CELL],
  cellnumber: ['fo:text-align="end"', CELL],
  cellheadtext: ['', `${CELL} fo:font-weight="bold" fo:color="#ffffff"`],
  cellheadnumber: ['fo:text-align="end"', `${CELL} fo:font-weight="bold" fo:color="#ffffff"`],
  head: [
    `fo:padding-bottom="0.15cm" fo:border-bottom="0.8pt solid ${BLUE}"`,
    `style:font-name="${SANS}" fo:font-size="9pt" fo:color="${BLUE}"`,
  ],
  foot: ['', `style:font-name="${SANS}" fo:font-size="8pt" fo:color="#4b5566"`],
}

const RIGHT_TAB =
  '<style:tab-stops><style:tab-stop style:position="16.6cm" style:type="right"/></style:tab-stops>'

const STYLES = `<office:font-face-decls>
  <style:font-face style:name="${SERIF}" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" svg:font-family="'${SERIF}'"/>
  <style:font-face style:name="${SANS}" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" svg:font-family="'${SANS}'"/>
</office:font-face-decls>
<office:styles>
  <style:default-style style:family="paragraph"><style:text-properties style:font-name="${SERIF}" fo:font-size="10.8pt" fo:language="fr" fo:country="FR" fo:color="#1c1f26"/></style:default-style>
  <style:style style:name="super" style:family="text"><style:text-properties style:text-position="super 62%"/></style:style>
  <style:style style:name="bold" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
${Object.entries(PARAGRAPHS)
  .map(([name, [paragraph, text]]) => {
    const tab = name === 'head' || name === 'foot' ? RIGHT_TAB : ''
    return `  <style:style style:name="${name}" style:family="paragraph"><style:paragraph-properties ${paragraph}>${tab}</style:paragraph-properties><style:text-properties ${text}/></style:style>`
  })
  .join('\n')}
</office:styles>`

const PAGE_LAYOUT = `<style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="1.5cm" fo:margin-bottom="1.4cm" fo:margin-left="2.2cm" fo:margin-right="2.2cm"/><style:header-style><style:header-footer-properties fo:min-height="1cm" fo:margin-bottom="0.5cm"/></style:header-style><style:footer-style><style:header-footer-properties fo:min-height="0.9cm" fo:margin-top="0.4cm"/></style:footer-style></style:page-layout>
<style:style style:name="row" style:family="table-row"><style:table-row-properties fo:keep-together="always"/></style:style>
<style:style style:name="headcell" style:family="table-cell"><style:table-cell-properties fo:background-color="${BLUE}" fo:padding="0.12cm"/></style:style>
<style:style style:name="cell" style:family="table-cell"><style:table-cell-properties fo:padding="0.12cm" fo:border-bottom="0.5pt solid #c9d2e0"/></style:style>`

function tableStyles(blocks: readonly Block[]): string {
  return blocks
    .map((entry, i) => {
      if (entry[0] !== 'table') return ''
      const columns = entry[1].map(
        (cm, column) =>
          `<style:style style:name="t${i}.${column}" style:family="table-column"><style:table-column-properties style:column-width="${cm}cm"/></style:style>`,
      )
      return `<style:style style:name="t${i}" style:family="table"><style:table-properties style:may-break-between-rows="false" style:width="16.6cm" table:align="left" fo:margin-top="0.15cm" fo:margin-bottom="0.35cm"/></style:style>${columns.join('')}`
    })
    .join('')
}
