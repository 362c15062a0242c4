// What a setting is: its kind of value, its default, and what is told of it.

export type OptionValue = string | number | boolean | string[];

interface OptionBase<Kind extends string, Value> {
  kind: Kind;
  default: Value;
  /** Never printed; may be given as a file by the variable's `_FILE` form. */
  secret?: true;
  /** A variable without the GREENROOM prefix that sets it as well. */
  bare?: string;
  sentence: string;
}

export interface TextOption extends OptionBase<'text', string> {
  allowed?: readonly string[];
}
export interface NumberOption extends OptionBase<'integer', number> {
  minimum: number;
  maximum: number;
}
export type BooleanOption = OptionBase<'boolean', boolean>;
export interface ListOption extends OptionBase<'list', string[]> {
  allowed?: readonly string[];
}
/** Kubernetes quantities, such as `512Mi` and `1000m`. */
export type MemoryOption = OptionBase<'memory', string>;
export type CpuOption = OptionBase<'cpu', string>;

export type Option = TextOption | NumberOption | BooleanOption | ListOption | MemoryOption | CpuOption;
