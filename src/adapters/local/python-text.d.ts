// A Python file imported as text.
declare module '*.py' {
  const text: string;
  export default text;
}
