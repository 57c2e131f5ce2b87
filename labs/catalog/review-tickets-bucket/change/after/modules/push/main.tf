# What the area `push` is made of. Its variables are in variables.tf, their values in envs/*/push.tfvars.

# Says that a ticket is ready. The booking desk and the push service listen to it.
resource "aws_sns_topic" "ticket_ready" {
  name              = "ticket-ready"
  kms_master_key_id = "alias/aws/sns"
  tags              = var.tags
}

# With this token the push service may speak to the phones of all passengers.
resource "aws_ssm_parameter" "push_token" {
  name  = "/push/token"
  type  = "SecureString"
  value = "hlp-live-{{token}}"
  tags  = var.tags
}

# What passengers from {{harbour}} are told, with name, berth and boat. On trial.
resource "aws_sqs_queue" "trial" {
  name                       = "push-trial"
  region                     = "{{far}}"
  message_retention_seconds  = 345600
  visibility_timeout_seconds = 60
  sqs_managed_sse_enabled    = true
  tags                       = merge(var.tags, { expires = "{{expires}}" })
}
