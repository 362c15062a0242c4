// Texts that nobody can guess: tokens, shown once and stored only as digests.

export interface Secrets {
  /** 256 random bits, safe in a URL. */
  next(): string;
}
