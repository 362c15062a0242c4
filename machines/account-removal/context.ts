// What a removal remembers. Written as JSON into the record; a change of shape raises the version and adds an upcaster.

/** What the wish to leave gives; everything else begins empty. */
export interface AccountRemovalInput {
  removalId: string;
  userId: string;
  /** Who wants it. */
  by: string;
  reason: string;
  isAdmin: boolean;
  /** Digest of the name under which failed log-ins are counted: once closed, the account has no name any more. */
  attemptsName: string;
}

export interface AccountRemovalContext extends AccountRemovalInput {
  requestedAt: number;
  /** Of the latest question; an answer carries the number of its question, and only the latest is heard. */
  number: number;
  /** How often the present state has asked. */
  asked: number;
  /** Nobody can log in any more. */
  closed: boolean;
  /** Unfinished runs, or traces that could not be removed yet, at the latest answer. */
  left: number;
  /** What was removed so far. */
  executions: number;
  documents: number;
  /** Why it was refused; else null. */
  refusal: string | null;
}
