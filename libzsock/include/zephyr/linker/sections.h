/** \file Places in memory: the host's linker chooses them. */
#ifndef ZEPHYR_LINKER_SECTIONS_H_
#define ZEPHYR_LINKER_SECTIONS_H_

#define __noinit
#define __nocache
#define __dtcm_data_section
#define __dtcm_bss_section
#define __dtcm_noinit_section
#define __ccm_data_section
#define __ccm_bss_section
#define __ramfunc

#endif /* ZEPHYR_LINKER_SECTIONS_H_ */
