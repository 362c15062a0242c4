// Every area of the interface, in the order in which the document lists them.
import type { RouteModule } from '../context.ts';
import { accountRoutes } from './account.ts';
import { adminExecutionRoutes } from './admin-executions.ts';
import { admissionRoutes } from './admission.ts';
import { authRoutes } from './auth.ts';
import { executeRoutes } from './execute.ts';
import { executionByteRoutes } from './execution-bytes.ts';
import { executionRoutes } from './executions.ts';
import { healthRoutes } from './health.ts';
import { runtimeRoutes } from './runtimes.ts';
import { setupRoutes } from './setup.ts';
import { streamRoutes } from './streams.ts';
import { userExecutionRoutes } from './user-executions.ts';

export const routeModules: readonly RouteModule[] = [
  setupRoutes,
  authRoutes,
  accountRoutes,
  executeRoutes,
  executionRoutes,
  executionByteRoutes,
  streamRoutes,
  userExecutionRoutes,
  runtimeRoutes,
  admissionRoutes,
  adminExecutionRoutes,
  healthRoutes,
];
