// Every area of the interface, in the order in which the document lists them.
import type { RouteModule } from '../deps.ts';
import { healthRoutes } from './health.ts';

export const routeModules: readonly RouteModule[] = [healthRoutes];
