# What the area `push` is made of. Its variables are in variables.tf, their values in envs/*/push.tfvars.

# Says that a ticket is ready. The booking desk and the push service listen to it.
resource "aws_sns_topic" "ticket_ready" {
  name              = "ticket-ready"
  kms_master_key_id = "alias/aws/sns"
  tags              = var.tags
}

# With this token the push service may speak to the phones of all passengers.
data "vault_kv_secret_v2" "push" {
  mount = "prod"
  name  = "push-gateway"
}

resource "aws_ssm_parameter" "push_token" {
  name  = "/push/token"
  type  = "SecureString"
  value = data.vault_kv_secret_v2.push.data["token"]
  tags  = var.tags
}
