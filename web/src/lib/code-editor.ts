// The code editor as the page uses it. Loaded on its own, after the first paint. It lives in a shadow root: there its style
// sheet is adopted rather than written into the document, so the page's policy needs no inline styles.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';

export interface CodeEditorOptions {
  parent: HTMLElement;
  text: string;
  language: string;
  label: string;
  describedBy: string;
  onChange(text: string): void;
  onRun(): void;
}

export interface CodeEditor {
  /** Replaces the text, unless it is that already. */
  setText(text: string): void;
  setLanguage(language: string): void;
  focus(): void;
  destroy(): void;
}

export function createCodeEditor(options: CodeEditorOptions): CodeEditor {
  const { parent, text, language, label, describedBy, onChange, onRun } = options;
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open', delegatesFocus: true });
  const grammar = new Compartment();
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: 'Mod-Enter', preventDefault: true, run: () => run(onRun) }]),
        editing,
        look,
        grammar.of(grammarOf(language)),
        EditorView.contentAttributes.of({
          'aria-label': label,
          'aria-description': describedBy,
          spellcheck: 'false',
          tabindex: '0',
          autocapitalize: 'off',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(next) {
      if (view.state.doc.toString() === next) return;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: next },
        selection: { anchor: 0 },
      });
    },
    setLanguage: (next) => view.dispatch({ effects: grammar.reconfigure(grammarOf(next)) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function run(onRun: () => void): true {
  onRun();
  return true;
}

const grammarOf = (language: string): Extension => (language === 'python' ? python() : []);

const editing: Extension = [
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightActiveLine(),
  history(),
  drawSelection(),
  EditorState.allowMultipleSelections.of(true),
  EditorState.tabSize.of(4),
  indentUnit.of('    '),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion(),
  highlightSelectionMatches(),
  search({ top: true }),
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    // After Escape, the next Tab leaves the editor: the library's own rule for who uses the keyboard alone.
    indentWithTab,
  ]),
];

const colour = (name: string): string => `var(--${name})`;

const look: Extension = [
  EditorView.theme({
    '&': { height: '100%', backgroundColor: colour('surface'), color: colour('text'), fontSize: '0.875rem' },
    '&.cm-focused': { outline: `2px solid ${colour('focus')}`, outlineOffset: '-2px' },
    '.cm-scroller': { fontFamily: colour('font-mono'), lineHeight: '1.6' },
    '.cm-content': { padding: '0.75rem 0', caretColor: colour('accent') },
    '.cm-cursor': { borderLeftColor: colour('accent'), borderLeftWidth: '2px' },
    '.cm-gutters': {
      backgroundColor: colour('surface'),
      color: colour('muted'),
      border: 'none',
      paddingLeft: '0.25rem',
    },
    '.cm-activeLine': { backgroundColor: 'transparent' },
    '&.cm-focused .cm-activeLine': { backgroundColor: colour('active-line') },
    '.cm-activeLineGutter': { backgroundColor: 'transparent' },
    '&.cm-focused .cm-activeLineGutter': { backgroundColor: colour('active-line'), color: colour('text') },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      backgroundColor: colour('selection'),
    },
    '&.cm-focused .cm-matchingBracket': { backgroundColor: colour('selection'), outline: 'none' },
    '.cm-selectionMatch': { backgroundColor: colour('selection') },
    '.cm-panels': { backgroundColor: colour('raised'), color: colour('text'), borderColor: colour('line') },
    '.cm-panel.cm-search': { padding: '0.5rem', fontFamily: colour('font-sans') },
    '.cm-textfield': {
      backgroundColor: colour('surface'),
      color: colour('text'),
      border: `1px solid ${colour('line-strong')}`,
      borderRadius: '0.375rem',
      padding: '0.25rem 0.5rem',
      fontSize: '0.8125rem',
    },
    '.cm-button': {
      backgroundImage: 'none',
      backgroundColor: colour('surface'),
      color: colour('text'),
      border: `1px solid ${colour('line-strong')}`,
      borderRadius: '0.375rem',
      padding: '0.25rem 0.625rem',
      fontSize: '0.8125rem',
    },
    '.cm-panel.cm-search [name=close]': { color: colour('text'), fontSize: '1.1rem', padding: '0 0.5rem' },
    '.cm-tooltip': {
      backgroundColor: colour('raised'),
      color: colour('text'),
      border: `1px solid ${colour('line')}`,
      borderRadius: '0.5rem',
    },
    '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
      backgroundColor: colour('accent'),
      color: colour('on-accent'),
    },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], color: colour('code-keyword') },
      { tag: [tags.string, tags.special(tags.string)], color: colour('code-string') },
      { tag: [tags.number, tags.bool, tags.null], color: colour('code-number') },
      { tag: tags.comment, color: colour('code-comment'), fontStyle: 'italic' },
      {
        tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))],
        color: colour('code-function'),
      },
      { tag: [tags.className, tags.typeName, tags.definition(tags.className)], color: colour('code-type') },
      { tag: [tags.meta, tags.annotation], color: colour('code-type') },
    ]),
  ),
];
