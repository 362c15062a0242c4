// One script for each language that is offered, for whoever begins. Each runs as it is, and shows something worth seeing.
import type { Runtime } from '#src/domain/execution.ts';
import { isLanguage, type Language } from '#src/domain/languages.ts';

/** By language; only what can run here. */
export function exampleScriptsFor(offered: readonly Runtime[]): Record<string, string> {
  const names = new Set(offered.map(({ language }) => language));
  return Object.fromEntries([...names].filter(isLanguage).map((language) => [language, examples[language]]));
}

const examples: Readonly<Record<Language, string>> = {
  python: `# Output appears while the script runs.
import time

def primes():
    found = []
    candidate = 2
    while True:
        if all(candidate % prime for prime in found if prime * prime <= candidate):
            found.append(candidate)
            yield candidate
        candidate += 1

for number, prime in zip(range(1, 11), primes()):
    print(f"prime {number}: {prime}")
    time.sleep(0.2)
`,
  node: `// Output appears while the script runs.
const clock = new Int32Array(new SharedArrayBuffer(4));
const words = ['one', 'binary,', 'many', 'roles'];

for (const [index, word] of words.entries()) {
  process.stdout.write(\`\${index + 1}. \${word}\\n\`);
  Atomics.wait(clock, 0, 0, 200);
}
`,
  ruby: `# Output appears while the script runs.
$stdout.sync = true

1.upto(10) do |number|
  fizz = number % 3 == 0 ? "Fizz" : ""
  buzz = number % 5 == 0 ? "Buzz" : ""
  word = fizz + buzz
  puts word.empty? ? number : word
  sleep 0.2
end
`,
  bash: `# Output appears while the script runs.
for number in $(seq 1 5); do
  echo "$number squared is $((number * number))"
  sleep 0.2
done
`,
  go: `package main

import (
	"fmt"
	"time"
)

// Output appears while the program runs.
func main() {
	results := make(chan string)
	go func() {
		defer close(results)
		for number := 1; number <= 5; number++ {
			results <- fmt.Sprintf("%d cubed is %d", number, number*number*number)
			time.Sleep(200 * time.Millisecond)
		}
	}()
	for result := range results {
		fmt.Println(result)
	}
}
`,
};
