/** One row of a list in its editor: null is a new one. */
export interface Editing<Row> {
  readonly row: Row | null;
  readonly onclose: () => void;
  /** It was stored: the list is asked for again. */
  readonly onsaved: () => void;
  /** Asks whether it shall go. */
  readonly onremove: (row: Row) => void;
}
