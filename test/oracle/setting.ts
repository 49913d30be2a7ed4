/** What a query runs in, as far as expressions and stages over rows ask for it. */
export interface Setting {
  /** The time range `[from, to)`, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** IANA time zone of the user. */
  readonly zone: string;
}
