// What survives JSON: the only kind of value that crosses a store, a bus or a machine.

export type Json = string | number | boolean | null | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}
