"""Service 客户服务 in GraphQL: tickets, standards, crises, trainings."""
