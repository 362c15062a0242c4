// Read by svelte-check and the linter; the build needs nothing beyond the plugin's defaults.
export default {};
