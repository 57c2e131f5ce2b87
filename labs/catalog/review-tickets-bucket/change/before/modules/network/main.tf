# What the area `network` is made of. Its variables are in variables.tf, their values in envs/*/network.tfvars.

# The app of every passenger talks to this one.
resource "aws_security_group" "push" {
  name        = "push"
  description = "The push service of the app"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { service = "push" })

  ingress {
    description = "The app, wherever it is"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description     = "Object storage, inside the network"
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    prefix_list_ids = [var.object_storage]
  }
}
