/* What comes first in every part of the module. */

#ifndef YTX_MODULE_H
#define YTX_MODULE_H

#include <asterisk.h>

#include <asterisk/channel.h>
#include <asterisk/cli.h>
#include <asterisk/config.h>
#include <asterisk/lock.h>
#include <asterisk/logger.h>
#include <asterisk/manager.h>
#include <asterisk/module.h>
#include <asterisk/pbx.h>
#include <asterisk/strings.h>
#include <asterisk/utils.h>

#include "ytx.h"

#endif
