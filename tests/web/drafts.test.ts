import { expect, test } from 'bun:test';
import { type Draft, loadDraft, saveDraft } from '#web/lib/drafts.ts';

const draft: Draft = { script: 'print()', language: 'python', version: '3.13', runId: 'run-1' };

function storage(refuses = false): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    setItem(key, value) {
      if (refuses) throw new DOMException('full', 'QuotaExceededError');
      items.set(key, value);
    },
  };
}

test('a draft comes back for its own account only', () => {
  const kept = storage();
  expect(saveDraft(kept, 'ada', draft)).toBe(true);
  expect(loadDraft(kept, 'ada')).toEqual(draft);
  expect(loadDraft(kept, 'bob')).toBeNull();
});

test('what is no draft is none', () => {
  const kept = storage();
  for (const text of ['{', 'null', '{"script":1,"language":"python","version":"3"}', '[]']) {
    kept.setItem('greenroom.draft.ada', text);
    expect(loadDraft(kept, 'ada')).toBeNull();
  }
});

test('a browser that keeps nothing is no failure', () => {
  expect(saveDraft(storage(true), 'ada', draft)).toBe(false);
});
