/// <reference types="svelte" />
/// <reference types="vite/client" />
// Entry of the web app.
import { mount } from 'svelte';
import App from './App.svelte';
import { prepareClient } from './lib/api-client.ts';
import { prepareNavigation } from './lib/navigation.ts';
import './router.ts';
import { session } from './stores/session.svelte.ts';
import './styles/app.css';

const target = document.getElementById('app');
if (target === null) throw new Error('The page has no place for the app');

prepareClient(() => session.expired());
prepareNavigation();
mount(App, { target });
