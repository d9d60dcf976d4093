/** One organisation that the viewer may act for, and as what. */
interface ViewerCapacity {
  readonly organisationId: string
  readonly organisation: string
  /** «Présidente», «Secretary General», … in the language of the page. */
  readonly capacity: string
}

/** Who looks at the page, as far as the shell needs to know. */
export interface Viewer {
  readonly name: string
  /** As what, and for whom, the viewer acts now; empty before an organisation is chosen. */
  readonly capacity: string
  readonly organisation: string
  /** Every capacity, the present one included. */
  readonly capacities: readonly ViewerCapacity[]
  readonly csrf: string
  readonly nav: readonly {
    readonly href: string
    readonly label: string
    readonly current: boolean
  }[]
  /** How many things wait for this person. */
  readonly waiting: number
  /** Stays on every page: «mail cannot be sent», «you act for …». */
  readonly banner?: string | undefined
}
