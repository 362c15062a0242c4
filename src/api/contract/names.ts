// The names under which schemas appear in the API document and in generated clients.
import type { TSchema } from '@sinclair/typebox';
import { tokenScopes, userRoles } from '#src/domain/access.ts';
import { eventTypes } from '#src/domain/events.ts';
import { errorTypes, executionStatuses, priorities, reasons, sagaStates } from '#src/domain/execution.ts';
import { oneOf } from '#src/domain/schema.ts';
import {
  loginForm,
  loginResponse,
  passwordChange,
  session,
  sessionList,
  setupRequest,
  setupState,
  tokenCreated,
  tokenList,
  tokenRequest,
  userCreate,
  userResponse,
} from './accounts.ts';
import { adminExecution, adminExecutionList, priorityRequest, queueStatus } from './admin-executions.ts';
import { admissionResponse, queueState, quotaResponse } from './admission.ts';
import { errorResponse, messageResponse } from './answers.ts';
import {
  cancelRequest,
  cancelResponse,
  eventResponse,
  exampleScripts,
  executionList,
  executionRequest,
  executionResponse,
  executionResult,
  executionView,
  inputRequest,
  inputResponse,
  resourceLimitsResponse,
  resourceUsage,
} from './executions.ts';

export const schemaNames: Readonly<Record<string, TSchema>> = {
  UserRole: oneOf(userRoles),
  TokenScope: oneOf(tokenScopes),
  EventType: oneOf(eventTypes),
  ExecutionStatus: oneOf(executionStatuses),
  ExecutionErrorType: oneOf(errorTypes),
  QueuePriority: oneOf(priorities),
  SagaState: oneOf(sagaStates),
  TerminationReason: oneOf(reasons),
  ErrorResponse: errorResponse,
  MessageResponse: messageResponse,
  LoginForm: loginForm,
  LoginResponse: loginResponse,
  UserCreate: userCreate,
  UserResponse: userResponse,
  SetupState: setupState,
  SetupRequest: setupRequest,
  AccountSession: session,
  SessionListResponse: sessionList,
  PasswordChange: passwordChange,
  TokenRequest: tokenRequest,
  TokenCreated: tokenCreated,
  TokenListResponse: tokenList,
  ExecutionRequest: executionRequest,
  ExecutionResponse: executionResponse,
  ExecutionResult: executionResult,
  ExecutionView: executionView,
  ExecutionListResponse: executionList,
  ResourceUsage: resourceUsage,
  ResourceLimits: resourceLimitsResponse,
  ExampleScripts: exampleScripts,
  CancelExecutionRequest: cancelRequest,
  CancelResponse: cancelResponse,
  InputRequest: inputRequest,
  InputResponse: inputResponse,
  Event: eventResponse,
  AdminExecutionResponse: adminExecution,
  AdminExecutionListResponse: adminExecutionList,
  PriorityUpdateRequest: priorityRequest,
  QueueStatusResponse: queueStatus,
  AdmissionResponse: admissionResponse,
  QueueState: queueState,
  QuotaResponse: quotaResponse,
};
