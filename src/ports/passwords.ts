// Hashing off the main thread.

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for a hash of nobody as for a real one: pass null for an unknown user. */
  verify(password: string, hash: string | null): Promise<boolean>;
}
