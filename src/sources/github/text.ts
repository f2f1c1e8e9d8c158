/** A place where somebody may have written something. */
export interface Text {
  readonly locator: string;
  readonly link: string | null | undefined;
  readonly text: string | null | undefined;
}
