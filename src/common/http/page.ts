// What a request for a page is answered with, made by whoever knows the contents, sent by whichever server has the path.

export interface Page {
  /** 200 unless given. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string;
}
