// Every area of the interface, in the order in which the document lists them.
import type { RouteModule } from '../deps.ts';
import { accountRoutes } from './account.ts';
import { authRoutes } from './auth.ts';
import { healthRoutes } from './health.ts';
import { setupRoutes } from './setup.ts';

export const routeModules: readonly RouteModule[] = [setupRoutes, authRoutes, accountRoutes, healthRoutes];
