// The script that a person is writing, kept in this browser for each account. Storage may be refused or full: then the
// draft lives only as long as the page.

export interface Draft {
  script: string;
  language: string;
  version: string;
  /** The run that was shown while it was written; what is written after a run belongs with it. */
  runId: string | null;
}

const keyOf = (userId: string): string => `greenroom.draft.${userId}`;

export function loadDraft(storage: Storage, userId: string): Draft | null {
  const text = storage.getItem(keyOf(userId));
  if (text === null) return null;
  try {
    return draftOf(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** False when the browser refused to keep it. */
export function saveDraft(storage: Storage, userId: string, draft: Draft): boolean {
  try {
    storage.setItem(keyOf(userId), JSON.stringify(draft));
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

function draftOf(value: unknown): Draft | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('script' in value) || !('language' in value) || !('version' in value)) return null;
  const { script, language, version } = value;
  if (typeof script !== 'string' || typeof language !== 'string' || typeof version !== 'string') return null;
  const runId = 'runId' in value && typeof value.runId === 'string' ? value.runId : null;
  return { script, language, version, runId };
}
